"""The re-shoot promise: the result photographs back to the codes of its plate."""
