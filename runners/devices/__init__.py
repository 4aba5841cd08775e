"""Devices that Coevo brings along and that are no hardware; their sources lie in folders here."""
