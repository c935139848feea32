package io.taskweave.engine.training;

import io.taskweave.core.sample.SampleBlock;
import java.io.Serializable;

/**
 * Some samples of one chunk on their way to their executor.
 *
 * @param streams one a row
 */
@SuppressWarnings("ArrayRecordComponent")
record SamplePiece(int chunk, int[] streams, SampleBlock block) implements Serializable {}
