"""From what a user names to files whose content is known: folders, patterns, stores, archives."""
