CREATE TABLE `duty_times` (
	`site` text PRIMARY KEY NOT NULL,
	`next_at` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `duty_times_next_at_index` ON `duty_times` (`next_at`);
--> statement-breakpoint
CREATE TABLE `duty_words` (
	`site` text NOT NULL,
	`user` text NOT NULL,
	`present` integer NOT NULL,
	`zones` text,
	`until` integer,
	PRIMARY KEY(`site`, `user`)
);

--> statement-breakpoint
ALTER TABLE `devices` ADD `battery_told` integer;
--> statement-breakpoint
ALTER TABLE `devices` ADD `battery_told_at` integer;
--> statement-breakpoint
ALTER TABLE `shifts` ADD `unreachable` integer DEFAULT 0 NOT NULL;
