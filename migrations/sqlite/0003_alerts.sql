CREATE TABLE `alerts` (
	`id` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`kind` text NOT NULL,
	`severity` text NOT NULL,
	`state` text NOT NULL,
	`touchpoint` text,
	`since` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`rating` text,
	`owner_id` text,
	`owner_name` text,
	`claimed_at` integer,
	`resolved_at` integer,
	`cause` text,
	`outcome` text,
	`note` text,
	`opened_offset` integer NOT NULL,
	`claimed_offset` integer,
	`resolved_offset` integer
);

--> statement-breakpoint
CREATE INDEX `alerts_site_state_opened_at_index` ON `alerts` (`site`,`state`,`opened_at`);
