CREATE TABLE `traffic_links` (
	`name` text PRIMARY KEY NOT NULL,
	`hub` text NOT NULL,
	`until` integer NOT NULL,
	`client` text NOT NULL
);

