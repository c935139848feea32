package io.taskweave.core.sample;

/** Other ids for those of samples, such as places in a table that holds the rows of one batch. */
public interface IdNumbers {
  /**
   * The other id of a categorical or multi-valued field.
   *
   * @param field its index in the layout
   */
  int ofField(int field, int id);

  /**
   * The other id of a sequence's attribute.
   *
   * @param sequence its index in the layout
   * @param attribute its index in the sequence
   */
  int ofAttribute(int sequence, int attribute, int id);
}
