CREATE TABLE "emotion_duty" (
	"site" text NOT NULL,
	"user" text NOT NULL,
	"since" bigint NOT NULL,
	"until" bigint,
	CONSTRAINT "emotion_duty_site_user_since_pk" PRIMARY KEY("site","user","since")
);

--> statement-breakpoint
CREATE TABLE "emotion_quarters" (
	"site" text NOT NULL,
	"quarter" bigint NOT NULL,
	"camera" text NOT NULL,
	"area" text NOT NULL,
	"staff" bigint DEFAULT 0 NOT NULL,
	"people" bigint DEFAULT 0 NOT NULL,
	"sums" text NOT NULL,
	CONSTRAINT "emotion_quarters_site_quarter_camera_area_staff_pk" PRIMARY KEY("site","quarter","camera","area","staff")
);

--> statement-breakpoint
CREATE TABLE "emotion_streams" (
	"site" text NOT NULL,
	"camera" text NOT NULL,
	"area" text NOT NULL,
	"quarter" bigint NOT NULL,
	"names" text NOT NULL,
	CONSTRAINT "emotion_streams_site_camera_area_quarter_pk" PRIMARY KEY("site","camera","area","quarter")
);

--> statement-breakpoint
CREATE TABLE "emotion_summed" (
	"site" text NOT NULL,
	"to" bigint NOT NULL,
	"from" bigint NOT NULL,
	"people" bigint NOT NULL,
	"sums" text NOT NULL,
	CONSTRAINT "emotion_summed_site_to_pk" PRIMARY KEY("site","to")
);

--> statement-breakpoint
CREATE INDEX "emotion_duty_site_since_index" ON "emotion_duty" USING btree ("site","since");
