"""The views file of `two-tower init`: another database's tables under the names of tables.sql."""
