"""What the rooms share: the photo on its way in, the recipe, results, and the controls that more than one room uses."""
