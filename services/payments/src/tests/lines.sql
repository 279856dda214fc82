select * from line
