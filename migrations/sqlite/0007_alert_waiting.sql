ALTER TABLE `alerts` ADD `waiting_since` integer;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `steps` text;
--> statement-breakpoint
CREATE INDEX `alerts_site_kind_opened_at_index` ON `alerts` (`site`,`kind`,`opened_at`);
