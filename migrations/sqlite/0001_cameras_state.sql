CREATE TABLE `cameras_state` (
	`camera` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`connected` integer NOT NULL,
	`since` integer NOT NULL,
	`reason` text,
	`node` text NOT NULL,
	`codec` text,
	`offset` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `cameras_state_site_index` ON `cameras_state` (`site`);
