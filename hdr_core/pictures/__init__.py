"""Write results as pictures for HDR displays."""
