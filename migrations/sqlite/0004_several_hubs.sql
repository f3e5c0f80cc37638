CREATE TABLE `rate_limits` (
	`key` text PRIMARY KEY NOT NULL,
	`value` real NOT NULL,
	`at` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `rate_limits_at_index` ON `rate_limits` (`at`);
--> statement-breakpoint
CREATE TABLE `camera_places` (
	`camera` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`node` text NOT NULL,
	`media` integer NOT NULL,
	`held_until` integer NOT NULL,
	`whip` text
);

--> statement-breakpoint
CREATE INDEX `camera_places_node_index` ON `camera_places` (`node`);
--> statement-breakpoint
CREATE TABLE `vision_nodes` (
	`node` text PRIMARY KEY NOT NULL,
	`device` text NOT NULL,
	`site` text,
	`capacity` integer NOT NULL,
	`hub` text NOT NULL,
	`connection` text NOT NULL,
	`seen_at` integer NOT NULL,
	`absent_since` integer
);

--> statement-breakpoint
ALTER TABLE `logs` ADD `offset` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `logs` ADD `received` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
UPDATE `logs` SET `offset` = coalesce((SELECT max(e.`offset`) FROM `events` e WHERE e.`site` = `logs`.`site`), 0), `received` = coalesce((SELECT max(e.`received`) FROM `events` e WHERE e.`site` = `logs`.`site`), 0);
