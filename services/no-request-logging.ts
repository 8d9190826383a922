/**
 * Importing this keeps Google's libraries from printing requests and responses, secrets included, which
 * GOOGLE_SDK_NODE_LOGGING would have them do. They read it when they are loaded, so this has to be imported before them.
 */

delete process.env['GOOGLE_SDK_NODE_LOGGING'];
