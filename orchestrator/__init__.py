"""Plan, queue, dispatch, record, judge: the service behind the grid."""
