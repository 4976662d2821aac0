"""Build the site: its pages, its pictures and its figures."""
