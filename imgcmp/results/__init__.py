"""Labels of clusters -> what a person gets: links, lists, relations.

`links` writes folders of links, `json_csv` lists, `relations` tells how the files of a cluster are related; and
`comparison` compares a few files with each other.
"""
