CREATE TABLE `alert_rules` (
	`site` text NOT NULL,
	`id` text NOT NULL,
	`body` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`site`, `id`)
);

--> statement-breakpoint
CREATE TABLE `alert_settings` (
	`site` text PRIMARY KEY NOT NULL,
	`body` text NOT NULL,
	`updated_at` integer NOT NULL
);

--> statement-breakpoint
CREATE TABLE `alert_watch` (
	`site` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`offset` integer NOT NULL
);

--> statement-breakpoint
CREATE TABLE `measure_minutes` (
	`site` text NOT NULL,
	`touchpoint` text NOT NULL,
	`minute` integer NOT NULL,
	`in` integer DEFAULT 0 NOT NULL,
	`out` integer DEFAULT 0 NOT NULL,
	`receipts` integer DEFAULT 0 NOT NULL,
	`consultations` integer DEFAULT 0 NOT NULL,
	`lost` integer DEFAULT 0 NOT NULL,
	`faces` integer DEFAULT 0 NOT NULL,
	`mood` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`site`, `touchpoint`, `minute`)
);

--> statement-breakpoint
CREATE INDEX `measure_minutes_site_minute_index` ON `measure_minutes` (`site`,`minute`);
--> statement-breakpoint
CREATE TABLE `rating_hours` (
	`site` text NOT NULL,
	`touchpoint` text NOT NULL,
	`hour` integer NOT NULL,
	`lowest` integer DEFAULT 0 NOT NULL,
	`negative` integer DEFAULT 0 NOT NULL,
	`neutral` integer DEFAULT 0 NOT NULL,
	`positive` integer DEFAULT 0 NOT NULL,
	`marks` text NOT NULL,
	PRIMARY KEY(`site`, `touchpoint`, `hour`)
);

--> statement-breakpoint
CREATE INDEX `rating_hours_site_hour_index` ON `rating_hours` (`site`,`hour`);
--> statement-breakpoint
CREATE TABLE `consoles` (
	`site` text NOT NULL,
	`user` text NOT NULL,
	`seen_at` integer NOT NULL,
	PRIMARY KEY(`site`, `user`)
);

--> statement-breakpoint
CREATE TABLE `duty` (
	`site` text NOT NULL,
	`user` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`zones` text,
	`shift` text,
	`since` integer NOT NULL,
	`until` integer,
	`by_hand` integer NOT NULL,
	PRIMARY KEY(`site`, `user`)
);

--> statement-breakpoint
CREATE TABLE `shifts` (
	`id` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`name` text NOT NULL,
	`days` text NOT NULL,
	`from_minute` integer NOT NULL,
	`to_minute` integer NOT NULL,
	`people` text NOT NULL,
	`created_at` integer NOT NULL,
	`checked_for` integer
);

--> statement-breakpoint
CREATE INDEX `shifts_site_index` ON `shifts` (`site`);
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`notice` text NOT NULL,
	`site` text,
	`alert` text,
	`user` text,
	`name` text,
	`channel` text NOT NULL,
	`target` text,
	`turn` integer NOT NULL,
	`state` text NOT NULL,
	`severity` text NOT NULL,
	`body` text NOT NULL,
	`receipt` text NOT NULL,
	`attempts` integer NOT NULL,
	`created_at` integer NOT NULL,
	`next_at` integer,
	`leased_until` integer,
	`sent_at` integer,
	`received_at` integer,
	`error` text
);

--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_receipt_unique` ON `deliveries` (`receipt`);
--> statement-breakpoint
CREATE INDEX `deliveries_next_at_index` ON `deliveries` (`next_at`);
--> statement-breakpoint
CREATE INDEX `deliveries_alert_index` ON `deliveries` (`alert`);
--> statement-breakpoint
CREATE INDEX `deliveries_site_created_at_index` ON `deliveries` (`site`,`created_at`);
--> statement-breakpoint
CREATE INDEX `deliveries_user_created_at_index` ON `deliveries` (`user`,`created_at`);
--> statement-breakpoint
CREATE TABLE `notify_keys` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`created_at` integer NOT NULL
);

--> statement-breakpoint
CREATE TABLE `notify_settings` (
	`user` text PRIMARY KEY NOT NULL,
	`channels` text NOT NULL,
	`telegram_chat` text
);

--> statement-breakpoint
CREATE TABLE `push_subscriptions` (
	`id` text PRIMARY KEY NOT NULL,
	`user` text NOT NULL,
	`endpoint_hash` text NOT NULL,
	`endpoint` text NOT NULL,
	`p256dh` text NOT NULL,
	`auth` text NOT NULL,
	`label` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_ok_at` integer
);

--> statement-breakpoint
CREATE UNIQUE INDEX `push_subscriptions_endpoint_hash_unique` ON `push_subscriptions` (`endpoint_hash`);
--> statement-breakpoint
CREATE INDEX `push_subscriptions_user_index` ON `push_subscriptions` (`user`);
--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`url` text NOT NULL,
	`secret` text NOT NULL,
	`enabled` integer NOT NULL,
	`created_at` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `webhooks_site_index` ON `webhooks` (`site`);
--> statement-breakpoint
CREATE TABLE `file_parts` (
	`hash` text NOT NULL,
	`part` integer NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`hash`, `part`)
);

--> statement-breakpoint
CREATE TABLE `files` (
	`site` text NOT NULL,
	`hash` text NOT NULL,
	`type` text NOT NULL,
	`bytes` integer NOT NULL,
	`used_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text,
	PRIMARY KEY(`site`, `hash`)
);

--> statement-breakpoint
CREATE INDEX `files_created_at_index` ON `files` (`created_at`);
--> statement-breakpoint
CREATE TABLE `plans` (
	`site` text PRIMARY KEY NOT NULL,
	`file` text,
	`width` integer,
	`height` integer,
	`zones` text NOT NULL,
	`touchpoints` text NOT NULL,
	`updated_at` integer NOT NULL
);

--> statement-breakpoint
ALTER TABLE `devices` ADD `battery` integer;
--> statement-breakpoint
ALTER TABLE `devices` ADD `muted_until` integer;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `rule` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `zone` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `device` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `count` integer DEFAULT 1 NOT NULL;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `message` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `facts` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `timing` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `tell` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `tone` text;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `act_by` integer;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `departed_at` integer;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `seen_at` integer;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `noticed_at` integer;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `step` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `snoozed_until` integer;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `quiet` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `alerts` ADD `next_at` integer;
--> statement-breakpoint
CREATE INDEX `alerts_site_opened_at_index` ON `alerts` (`site`,`opened_at`);
--> statement-breakpoint
CREATE INDEX `alerts_next_at_index` ON `alerts` (`next_at`);
