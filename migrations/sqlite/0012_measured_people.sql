ALTER TABLE `measure_minutes` ADD `people` integer;
