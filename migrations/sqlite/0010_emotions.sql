CREATE TABLE `emotion_duty` (
	`site` text NOT NULL,
	`user` text NOT NULL,
	`since` integer NOT NULL,
	`until` integer,
	PRIMARY KEY(`site`, `user`, `since`)
);

--> statement-breakpoint
CREATE INDEX `emotion_duty_site_since_index` ON `emotion_duty` (`site`,`since`);
--> statement-breakpoint
CREATE TABLE `emotion_quarters` (
	`site` text NOT NULL,
	`quarter` integer NOT NULL,
	`camera` text NOT NULL,
	`area` text NOT NULL,
	`staff` integer DEFAULT 0 NOT NULL,
	`people` integer DEFAULT 0 NOT NULL,
	`sums` text NOT NULL,
	PRIMARY KEY(`site`, `quarter`, `camera`, `area`, `staff`)
);

--> statement-breakpoint
CREATE TABLE `emotion_streams` (
	`site` text NOT NULL,
	`camera` text NOT NULL,
	`area` text NOT NULL,
	`quarter` integer NOT NULL,
	`names` text NOT NULL,
	PRIMARY KEY(`site`, `camera`, `area`, `quarter`)
);

--> statement-breakpoint
CREATE TABLE `emotion_summed` (
	`site` text NOT NULL,
	`to` integer NOT NULL,
	`from` integer NOT NULL,
	`people` integer NOT NULL,
	`sums` text NOT NULL,
	PRIMARY KEY(`site`, `to`)
);

