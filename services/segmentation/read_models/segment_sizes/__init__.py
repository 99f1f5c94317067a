"""How many members each segment had at the end of each business date's sweep."""
