CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen` integer NOT NULL,
	`expires_at` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `sessions_user_index` ON `sessions` (`user`);
--> statement-breakpoint
CREATE INDEX `sessions_expires_at_index` ON `sessions` (`expires_at`);
--> statement-breakpoint
CREATE TABLE `setup_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`created_at` integer NOT NULL
);

--> statement-breakpoint
CREATE TABLE `signin_attempts` (
	`key` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`failed_at` integer NOT NULL
);

--> statement-breakpoint
CREATE INDEX `signin_attempts_failed_at_index` ON `signin_attempts` (`failed_at`);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`locale` text NOT NULL,
	`sites` text,
	`password_hash` text NOT NULL,
	`disabled` integer NOT NULL,
	`created_at` integer NOT NULL
);

--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_unique` ON `users` (`email`);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`actor` text NOT NULL,
	`key` text NOT NULL,
	`route` text NOT NULL,
	`request_hash` text NOT NULL,
	`status` integer NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`actor`, `route`, `key`)
);

--> statement-breakpoint
CREATE INDEX `idempotency_keys_created_at_index` ON `idempotency_keys` (`created_at`);
--> statement-breakpoint
CREATE TABLE `audit_entries` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`actor_name` text NOT NULL,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`detail` text NOT NULL
);

--> statement-breakpoint
CREATE INDEX `audit_entries_at_index` ON `audit_entries` (`at`);
--> statement-breakpoint
CREATE TABLE `sites` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`timezone` text NOT NULL,
	`created_at` integer NOT NULL
);

--> statement-breakpoint
CREATE TABLE `touchpoints` (
	`site` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`zone` text,
	`created_at` integer NOT NULL,
	`archived_at` integer,
	PRIMARY KEY(`site`, `id`)
);

--> statement-breakpoint
CREATE TABLE `zones` (
	`site` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`site`, `id`)
);

--> statement-breakpoint
CREATE TABLE `devices` (
	`id` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`touchpoint` text,
	`token_hash` text,
	`created_at` integer NOT NULL,
	`last_seen` integer,
	`silent` integer NOT NULL,
	`clock_offset` integer,
	`revoked_at` integer,
	`version` text
);

--> statement-breakpoint
CREATE INDEX `devices_site_index` ON `devices` (`site`);
--> statement-breakpoint
CREATE TABLE `pairings` (
	`code` text PRIMARY KEY NOT NULL,
	`secret_hash` text NOT NULL,
	`kind` text NOT NULL,
	`name` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`device` text,
	`claimed_at` integer
);

--> statement-breakpoint
CREATE INDEX `pairings_expires_at_index` ON `pairings` (`expires_at`);
--> statement-breakpoint
CREATE TABLE `walls` (
	`id` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`name` text NOT NULL,
	`token_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	`last_seen` integer
);

--> statement-breakpoint
CREATE INDEX `walls_site_index` ON `walls` (`site`);
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_update` BEFORE UPDATE ON `audit_entries` BEGIN SELECT RAISE(ABORT, 'audit entries cannot be changed'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_delete` BEFORE DELETE ON `audit_entries` BEGIN SELECT RAISE(ABORT, 'audit entries cannot be deleted'); END;
