-- A user's embedding as it was released with a version.
SELECT embedding::real[] FROM {vectors} WHERE user_id = %(user_id)s
