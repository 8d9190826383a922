#!/bin/sh
# Makes the namespace TEMPORAL_NAMESPACE at TEMPORAL_ADDRESS, with histories kept for RETENTION, unless it is there.
# The server may need a moment after its port is open: each attempt begins anew.
set -u

attempts=30
while [ "$attempts" -gt 0 ]; do
  if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    echo "The namespace $TEMPORAL_NAMESPACE is there."
    exit 0
  fi
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" && continue
  attempts=$((attempts - 1))
  sleep 2
done
echo "The namespace $TEMPORAL_NAMESPACE could not be made at $TEMPORAL_ADDRESS." >&2
exit 1
