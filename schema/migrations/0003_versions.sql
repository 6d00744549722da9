-- A place kept for the table of versions, so that numbers have no gap.
SELECT 1;
