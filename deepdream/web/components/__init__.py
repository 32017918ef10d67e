"""What the page is made of: controls from the tables of settings, pieces drawn in the browser, pictures."""
