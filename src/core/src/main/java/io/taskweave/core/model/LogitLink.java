package io.taskweave.core.model;

import java.util.BitSet;

/** What makes the tasks' logits of the towers' outputs. Arrays are [tasks, count]. */
interface LogitLink {
  /** A tower's output is its task's logit. */
  LogitLink IDENTITY =
      new LogitLink() {
        @Override
        public BitSet towers(BitSet losses) {
          return losses;
        }

        @Override
        public void forward(float[] outputs, int count) {}

        @Override
        public float[] backward(BitSet losses, float[] logitGradients, int count) {
          return logitGradients;
        }
      };

  /** The towers that these tasks' losses reach. */
  BitSet towers(BitSet losses);

  /** Turns the towers' outputs into logits in place, and keeps what {@link #backward} needs. */
  void forward(float[] outputs, int count);

  /** The gradient of these tasks' losses by the outputs of the towers that they reach. */
  float[] backward(BitSet losses, float[] logitGradients, int count);
}
