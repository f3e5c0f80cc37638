CREATE TABLE "cameras_state" (
	"camera" text NOT NULL,
	"site" text NOT NULL,
	"connected" bigint NOT NULL,
	"since" bigint NOT NULL,
	"reason" text,
	"node" text NOT NULL,
	"codec" text,
	"offset" bigint NOT NULL,
	CONSTRAINT "cameras_state_camera_pk" PRIMARY KEY("camera")
);

--> statement-breakpoint
CREATE INDEX "cameras_state_site_index" ON "cameras_state" USING btree ("site");
