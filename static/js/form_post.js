// Sends the answer to the application, so that it is in no URL. Without scripts there is a button.
document.forms[0].submit();
