-- The archive that is being made: what a crash leaves behind of it is found by this name.
ALTER TABLE exports ADD COLUMN begun TEXT COLLATE "C";
