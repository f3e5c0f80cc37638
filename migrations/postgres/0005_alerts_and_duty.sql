CREATE TABLE "alert_rules" (
	"site" text NOT NULL,
	"id" text NOT NULL,
	"body" text NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "alert_rules_site_id_pk" PRIMARY KEY("site","id")
);

--> statement-breakpoint
CREATE TABLE "alert_settings" (
	"site" text NOT NULL,
	"body" text NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "alert_settings_site_pk" PRIMARY KEY("site")
);

--> statement-breakpoint
CREATE TABLE "alert_watch" (
	"site" text NOT NULL,
	"state" text NOT NULL,
	"offset" bigint NOT NULL,
	CONSTRAINT "alert_watch_site_pk" PRIMARY KEY("site")
);

--> statement-breakpoint
CREATE TABLE "measure_minutes" (
	"site" text NOT NULL,
	"touchpoint" text NOT NULL,
	"minute" bigint NOT NULL,
	"in" bigint DEFAULT 0 NOT NULL,
	"out" bigint DEFAULT 0 NOT NULL,
	"receipts" bigint DEFAULT 0 NOT NULL,
	"consultations" bigint DEFAULT 0 NOT NULL,
	"lost" bigint DEFAULT 0 NOT NULL,
	"faces" bigint DEFAULT 0 NOT NULL,
	"mood" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "measure_minutes_site_touchpoint_minute_pk" PRIMARY KEY("site","touchpoint","minute")
);

--> statement-breakpoint
CREATE TABLE "rating_hours" (
	"site" text NOT NULL,
	"touchpoint" text NOT NULL,
	"hour" bigint NOT NULL,
	"lowest" bigint DEFAULT 0 NOT NULL,
	"negative" bigint DEFAULT 0 NOT NULL,
	"neutral" bigint DEFAULT 0 NOT NULL,
	"positive" bigint DEFAULT 0 NOT NULL,
	"marks" text NOT NULL,
	CONSTRAINT "rating_hours_site_touchpoint_hour_pk" PRIMARY KEY("site","touchpoint","hour")
);

--> statement-breakpoint
CREATE TABLE "consoles" (
	"site" text NOT NULL,
	"user" text NOT NULL,
	"seen_at" bigint NOT NULL,
	CONSTRAINT "consoles_site_user_pk" PRIMARY KEY("site","user")
);

--> statement-breakpoint
CREATE TABLE "duty" (
	"site" text NOT NULL,
	"user" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"zones" text,
	"shift" text,
	"since" bigint NOT NULL,
	"until" bigint,
	"by_hand" bigint NOT NULL,
	CONSTRAINT "duty_site_user_pk" PRIMARY KEY("site","user")
);

--> statement-breakpoint
CREATE TABLE "shifts" (
	"id" text NOT NULL,
	"site" text NOT NULL,
	"name" text NOT NULL,
	"days" text NOT NULL,
	"from_minute" bigint NOT NULL,
	"to_minute" bigint NOT NULL,
	"people" text NOT NULL,
	"created_at" bigint NOT NULL,
	"checked_for" bigint,
	CONSTRAINT "shifts_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" text NOT NULL,
	"notice" text NOT NULL,
	"site" text,
	"alert" text,
	"user" text,
	"name" text,
	"channel" text NOT NULL,
	"target" text,
	"turn" bigint NOT NULL,
	"state" text NOT NULL,
	"severity" text NOT NULL,
	"body" text NOT NULL,
	"receipt" text NOT NULL,
	"attempts" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	"next_at" bigint,
	"leased_until" bigint,
	"sent_at" bigint,
	"received_at" bigint,
	"error" text,
	CONSTRAINT "deliveries_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "notify_keys" (
	"name" text NOT NULL,
	"value" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "notify_keys_name_pk" PRIMARY KEY("name")
);

--> statement-breakpoint
CREATE TABLE "notify_settings" (
	"user" text NOT NULL,
	"channels" text NOT NULL,
	"telegram_chat" text,
	CONSTRAINT "notify_settings_user_pk" PRIMARY KEY("user")
);

--> statement-breakpoint
CREATE TABLE "push_subscriptions" (
	"id" text NOT NULL,
	"user" text NOT NULL,
	"endpoint_hash" text NOT NULL,
	"endpoint" text NOT NULL,
	"p256dh" text NOT NULL,
	"auth" text NOT NULL,
	"label" text NOT NULL,
	"created_at" bigint NOT NULL,
	"last_ok_at" bigint,
	CONSTRAINT "push_subscriptions_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text NOT NULL,
	"site" text NOT NULL,
	"url" text NOT NULL,
	"secret" text NOT NULL,
	"enabled" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "webhooks_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "file_parts" (
	"hash" text NOT NULL,
	"part" bigint NOT NULL,
	"data" text NOT NULL,
	CONSTRAINT "file_parts_hash_part_pk" PRIMARY KEY("hash","part")
);

--> statement-breakpoint
CREATE TABLE "files" (
	"site" text NOT NULL,
	"hash" text NOT NULL,
	"type" text NOT NULL,
	"bytes" bigint NOT NULL,
	"used_by" text NOT NULL,
	"created_at" bigint NOT NULL,
	"created_by" text,
	CONSTRAINT "files_site_hash_pk" PRIMARY KEY("site","hash")
);

--> statement-breakpoint
CREATE TABLE "plans" (
	"site" text NOT NULL,
	"file" text,
	"width" bigint,
	"height" bigint,
	"zones" text NOT NULL,
	"touchpoints" text NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "plans_site_pk" PRIMARY KEY("site")
);

--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "battery" bigint;
--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "muted_until" bigint;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "rule" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "zone" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "device" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "count" bigint DEFAULT 1 NOT NULL;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "message" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "facts" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "timing" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "tell" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "tone" text;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "act_by" bigint;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "departed_at" bigint;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "seen_at" bigint;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "noticed_at" bigint;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "step" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "snoozed_until" bigint;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "quiet" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "next_at" bigint;
--> statement-breakpoint
CREATE INDEX "measure_minutes_site_minute_index" ON "measure_minutes" USING btree ("site","minute");
--> statement-breakpoint
CREATE INDEX "rating_hours_site_hour_index" ON "rating_hours" USING btree ("site","hour");
--> statement-breakpoint
CREATE INDEX "shifts_site_index" ON "shifts" USING btree ("site");
--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_receipt_unique" ON "deliveries" USING btree ("receipt");
--> statement-breakpoint
CREATE INDEX "deliveries_next_at_index" ON "deliveries" USING btree ("next_at");
--> statement-breakpoint
CREATE INDEX "deliveries_alert_index" ON "deliveries" USING btree ("alert");
--> statement-breakpoint
CREATE INDEX "deliveries_site_created_at_index" ON "deliveries" USING btree ("site","created_at");
--> statement-breakpoint
CREATE INDEX "deliveries_user_created_at_index" ON "deliveries" USING btree ("user","created_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "push_subscriptions_endpoint_hash_unique" ON "push_subscriptions" USING btree ("endpoint_hash");
--> statement-breakpoint
CREATE INDEX "push_subscriptions_user_index" ON "push_subscriptions" USING btree ("user");
--> statement-breakpoint
CREATE INDEX "webhooks_site_index" ON "webhooks" USING btree ("site");
--> statement-breakpoint
CREATE INDEX "files_created_at_index" ON "files" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "alerts_site_opened_at_index" ON "alerts" USING btree ("site","opened_at");
--> statement-breakpoint
CREATE INDEX "alerts_next_at_index" ON "alerts" USING btree ("next_at");
