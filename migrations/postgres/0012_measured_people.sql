ALTER TABLE "measure_minutes" ADD COLUMN "people" bigint;
