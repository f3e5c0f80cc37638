CREATE TABLE "rate_limits" (
	"key" text NOT NULL,
	"value" double precision NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "rate_limits_key_pk" PRIMARY KEY("key")
);

--> statement-breakpoint
CREATE TABLE "camera_places" (
	"camera" text NOT NULL,
	"site" text NOT NULL,
	"node" text NOT NULL,
	"media" bigint NOT NULL,
	"held_until" bigint NOT NULL,
	"whip" text,
	CONSTRAINT "camera_places_camera_pk" PRIMARY KEY("camera")
);

--> statement-breakpoint
CREATE TABLE "vision_nodes" (
	"node" text NOT NULL,
	"device" text NOT NULL,
	"site" text,
	"capacity" bigint NOT NULL,
	"hub" text NOT NULL,
	"connection" text NOT NULL,
	"seen_at" bigint NOT NULL,
	"absent_since" bigint,
	CONSTRAINT "vision_nodes_node_pk" PRIMARY KEY("node")
);

--> statement-breakpoint
ALTER TABLE "logs" ADD COLUMN "offset" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "logs" ADD COLUMN "received" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE INDEX "rate_limits_at_index" ON "rate_limits" USING btree ("at");
--> statement-breakpoint
CREATE INDEX "camera_places_node_index" ON "camera_places" USING btree ("node");
--> statement-breakpoint
UPDATE "logs" SET "offset" = coalesce((SELECT max(e."offset") FROM "events" e WHERE e."site" = "logs"."site"), 0), "received" = coalesce((SELECT max(e."received") FROM "events" e WHERE e."site" = "logs"."site"), 0);
--> statement-breakpoint
-- Appends events to their sites' logs. "names" are the sites in order and "counts" the events of each; "places" say the
-- how many-th of its site an event is ("sites" and "places" stay empty where there is only one site). Answers what each
-- site's offset was before ("bases"), from which the caller knows the offsets; or, when some of the events were there
-- already, every event's offset in the order given, 0 for those.
-- The rows of "logs" are locked first and in one order, so that hubs give out offsets one after another and never wait in
-- a circle; what follows sees everything that was committed before the lock was had. Usually every event is new: they are
-- added as if they were, and looked up one by one only when the index objects. A row that another transaction adds to
-- another site's log at this very moment still violates the index: the whole call fails, nothing is given out, and the
-- caller asks again. The planner is kept to the index, since it may plan while the table is still empty.
CREATE FUNCTION "otklik_append"(names text[], counts bigint[], sites text[], places bigint[], ids text[], types text[], ats bigint[], devices text[], touchpoints text[], skews bigint[], bodies text[])
RETURNS TABLE (bases bigint[], given bigint[], moment bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
  SELECT array_agg(l."offset"), greatest(max(l.received), floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) INTO bases, moment
  FROM (SELECT "offset", received FROM logs WHERE site = ANY (names) ORDER BY site COLLATE "C" FOR UPDATE) l;
  IF coalesce(cardinality(bases), 0) < cardinality(names) THEN
    RAISE EXCEPTION 'a site has no log yet' USING ERRCODE = 'OT001';
  END IF;
  BEGIN
    IF cardinality(names) = 1 THEN
      INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body)
      SELECT names[1], bases[1] + i.n, i.device, i.id, i.type, i.at, moment, i.touchpoint, i.skew, i.body
      FROM unnest(ids, types, ats, devices, touchpoints, skews, bodies) WITH ORDINALITY AS i(id, type, at, device, touchpoint, skew, body, n);
    ELSE
      INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body)
      SELECT i.site, l."offset" + i.place, i.device, i.id, i.type, i.at, moment, i.touchpoint, i.skew, i.body
      FROM unnest(sites, places, ids, types, ats, devices, touchpoints, skews, bodies) AS i(site, place, id, type, at, device, touchpoint, skew, body)
      JOIN logs l ON l.site = i.site;
    END IF;
    UPDATE logs SET "offset" = "offset" + counts[array_position(names, site)], received = moment WHERE site = ANY (names);
  EXCEPTION WHEN unique_violation THEN
    WITH input AS MATERIALIZED (
      SELECT coalesce(i.site, names[1]) AS site, i.id, i.type, i.at, i.device, i.touchpoint, i.skew, i.body, i.n, row_number() OVER (PARTITION BY i.device, i.id ORDER BY i.n) AS copy
      FROM unnest(ids, types, sites, ats, devices, touchpoints, skews, bodies) WITH ORDINALITY AS i(id, type, site, at, device, touchpoint, skew, body, n)
    ), judged AS MATERIALIZED (
      SELECT i.*, i.copy = 1 AND NOT EXISTS (SELECT 1 FROM events e WHERE e.device = i.device AND e.id = i.id) AS fresh FROM input i
    ), placed AS MATERIALIZED (
      SELECT j.*, CASE WHEN j.fresh THEN l."offset" + count(*) FILTER (WHERE j.fresh) OVER (PARTITION BY j.site ORDER BY j.n) ELSE 0 END AS target
      FROM judged j JOIN logs l ON l.site = j.site
    ), moved AS (
      UPDATE logs l SET "offset" = p.newest, received = moment FROM (SELECT site, max(target) AS newest FROM placed WHERE fresh GROUP BY site) p WHERE l.site = p.site
    ), added AS (
      INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body)
      SELECT p.site, p.target, p.device, p.id, p.type, p.at, moment, p.touchpoint, p.skew, p.body FROM placed p WHERE p.fresh
    )
    SELECT array_agg(p.target ORDER BY p.n) INTO given FROM placed p;
  END;
  RETURN NEXT;
END $$;
