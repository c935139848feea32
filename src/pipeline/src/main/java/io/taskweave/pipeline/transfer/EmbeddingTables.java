package io.taskweave.pipeline.transfer;

import java.io.Serializable;

/**
 * The vectors of users and items in one pair of tables of a model, row-major.
 *
 * @param model name of the model
 * @param table what tells its tables apart, such as {@code shared} or {@code task-like}
 * @param width of a vector, equal for both
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EmbeddingTables(String model, String table, int width, float[] users, float[] items)
    implements Serializable {

  /** Euclidean distance of a user and an item. */
  double distance(int user, int item) {
    double squares = 0;
    for (int column = 0; column < width; column++) {
      double difference =
          (double) users[user * width + column] - (double) items[item * width + column];
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  }
}
