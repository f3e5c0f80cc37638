ALTER TABLE `alerts` DROP COLUMN `claimed_offset`;
