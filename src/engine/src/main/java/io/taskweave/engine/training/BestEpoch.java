package io.taskweave.engine.training;

/**
 * The epoch whose weights validated best.
 *
 * @param epoch from 1
 * @param auc validation AUC of those weights
 */
public record BestEpoch(int epoch, double auc) {}
