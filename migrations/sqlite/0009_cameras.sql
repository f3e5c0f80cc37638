CREATE TABLE `camera_analysis` (
	`camera` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`running` integer NOT NULL,
	`reason` text,
	`since` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `camera_analysis_site_index` ON `camera_analysis` (`site`);
--> statement-breakpoint
CREATE TABLE `camera_pulls` (
	`camera` text PRIMARY KEY NOT NULL,
	`node` text NOT NULL,
	`until` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `camera_pulls_node_index` ON `camera_pulls` (`node`);
--> statement-breakpoint
CREATE TABLE `camera_setups` (
	`camera` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`version` integer NOT NULL,
	`choices` text NOT NULL,
	`scene` text,
	`staff_analysis` integer NOT NULL,
	`open_until` integer,
	`updated_at` integer,
	`updated_by` text,
	`updated_by_name` text,
	`changed_at` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `camera_setups_site_index` ON `camera_setups` (`site`);
--> statement-breakpoint
CREATE TABLE `camera_sources` (
	`camera` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`sealed` text NOT NULL,
	`shown` text NOT NULL,
	`updated_at` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `camera_sources_site_index` ON `camera_sources` (`site`);
--> statement-breakpoint
CREATE TABLE `pull_nodes` (
	`node` text PRIMARY KEY NOT NULL,
	`site` text,
	`room` integer NOT NULL,
	`load` real NOT NULL,
	`since` integer NOT NULL,
	`seen_at` integer NOT NULL
);

