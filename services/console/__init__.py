"""What each person of a chain sees first: read models of what the others tell, and the page that shows them."""
