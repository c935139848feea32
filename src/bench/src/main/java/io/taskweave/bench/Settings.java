package io.taskweave.bench;

import java.nio.file.Path;

/**
 * What every section is told.
 *
 * @param python interpreter that has the packages of {@code peers/requirements.txt}
 * @param peers folder of the peers' scripts
 * @param rows rows of the data sections
 * @param rounds times that each side is measured, in turn
 * @param threads of each side
 * @param minutes that a section of long duration takes
 * @param scratch existing folder for what a section writes, removed afterwards
 * @param data existing folder for generated data, which a later run may find there
 */
record Settings(
    Path python,
    Path peers,
    long rows,
    int rounds,
    int threads,
    int minutes,
    Path scratch,
    Path data) {
  /** Folder of the project. */
  Path home() {
    return peers.resolve("../../..").normalize();
  }
}
