package io.taskweave.pipeline.feature;

/** How a field's value comes out of its column. */
public enum Derivation {
  /** The value itself. */
  NONE,
  /** The first value of an array or of a separated text. */
  FIRST_OF_LIST,
  /** Hour, 0 to 23, of a number or text hhmm: 930 is 9. */
  HOUR_OF_HHMM,
  /** Hour, 0 to 23, of epoch milliseconds in the field's zone. */
  HOUR_OF_TIME,
  /** ISO day of the week, 1 (Monday) to 7, of epoch milliseconds in the field's zone. */
  DAY_OF_WEEK_OF_TIME
}
