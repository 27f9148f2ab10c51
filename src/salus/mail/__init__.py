"""Where an identity takes sealed messages, who signed them, and collecting them."""
