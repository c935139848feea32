package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One comparison. It runs alone in a Java process of its own. */
interface Section {
  /** Measures, and describes what was measured and how it compares. */
  void run(Settings settings, ObjectNode result) throws Exception;
}
