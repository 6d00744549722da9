-- Videos that the user has decided on, valid rows or not: none of them is recommended again.
SELECT video_id FROM user_video_decisions WHERE user_id = %(user_id)s
