Nov 20 10:00:00 mx-b postfix/smtpd[9]: connect from unknown[192.0.2.4]
Nov 20 10:00:05 mx-b postfix/smtpd[100]: NOQUEUE: reject: RCPT from unknown[192.0.2.2]: 550 5.1.1 <nobody@mx.example>: Recipient address rejected: User unknown in local recipient table; from=<a@b.example> to=<nobody@mx.example> proto=ESMTP helo=<b.example>
Nov 20 10:00:10 mx-b postfix/smtpd[9]: disconnect from unknown[192.0.2.4]
Nov 20 10:00:12 mx-b last message repeated 9 times
