package io.taskweave.engine.sharded;

import java.io.Serializable;
import java.util.List;

/** Where the parts of a training wait for each other within a job. */
interface Meeting {
  /** Of a part that has no others. */
  Meeting ALONE =
      new Meeting() {
        @Override
        public void await() {}

        @Override
        public <T extends Serializable> List<T> exchange(T own) {
          return List.of(own);
        }
      };

  /** Returns when all parts have come. */
  void await();

  /**
   * Returns when all parts have come.
   *
   * @param own what the others shall know, of a few kilobytes at most
   * @return what each part has brought, in their order
   */
  <T extends Serializable> List<T> exchange(T own);
}
