-- SHA-256 and size of each file that a version has for other runtimes, by its name.
SELECT figures -> 'edge' FROM two_tower.versions WHERE version = %(version)s
