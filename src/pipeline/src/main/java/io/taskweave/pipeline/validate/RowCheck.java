package io.taskweave.pipeline.validate;

import org.apache.spark.sql.Column;

/**
 * A promise that each row keeps or breaks alone.
 *
 * @param kind short and stable, such as {@code range}
 * @param column the column that it is about
 * @param breach what a row that breaks it is like, such as {@code price is below 0}
 * @param broken true where a row breaks it, never null
 * @param value what is shown of such a row, as text
 */
record RowCheck(String kind, String column, String breach, Column broken, Column value) {}
