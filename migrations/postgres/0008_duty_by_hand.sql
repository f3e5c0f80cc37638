CREATE TABLE "duty_times" (
	"site" text NOT NULL,
	"next_at" bigint NOT NULL,
	CONSTRAINT "duty_times_site_pk" PRIMARY KEY("site")
);

--> statement-breakpoint
CREATE TABLE "duty_words" (
	"site" text NOT NULL,
	"user" text NOT NULL,
	"present" bigint NOT NULL,
	"zones" text,
	"until" bigint,
	CONSTRAINT "duty_words_site_user_pk" PRIMARY KEY("site","user")
);

--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "battery_told" bigint;
--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "battery_told_at" bigint;
--> statement-breakpoint
ALTER TABLE "shifts" ADD COLUMN "unreachable" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE INDEX "duty_times_next_at_index" ON "duty_times" USING btree ("next_at");
