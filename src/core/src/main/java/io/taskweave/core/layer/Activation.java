package io.taskweave.core.layer;

/** What follows the linear map of a hidden layer. */
public enum Activation {
  RELU,
  SIGMOID
}
