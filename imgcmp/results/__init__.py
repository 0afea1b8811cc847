"""Labels of clusters -> what a person gets: folders of links, lists, and how files are related."""
