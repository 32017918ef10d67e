"""What a network sees in a photo: maps, classes, places, histograms, contact sheets."""
