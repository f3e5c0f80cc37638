CREATE TABLE `checkpoints` (
	`reactor` text NOT NULL,
	`site` text NOT NULL,
	`epoch` text NOT NULL,
	`offset` integer NOT NULL,
	PRIMARY KEY(`reactor`, `site`)
);

--> statement-breakpoint
CREATE TABLE `events` (
	`site` text NOT NULL,
	`offset` integer NOT NULL,
	`device` text NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`received` integer NOT NULL,
	`touchpoint` text,
	`skew` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`site`, `offset`)
);

--> statement-breakpoint
CREATE UNIQUE INDEX `events_device_id_unique` ON `events` (`device`,`id`);
--> statement-breakpoint
CREATE TABLE `logs` (
	`site` text PRIMARY KEY NOT NULL,
	`epoch` text NOT NULL,
	`created_at` integer NOT NULL
);

